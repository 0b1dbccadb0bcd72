"""Asks an address until it answers as the plan wants it to."""

from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from idpc.deploy.model import Deadline, StepFailedError, TookTooLongError
from idpc.plan.model import Step

_ANSWER = 10.0


class HttpCheck:
    """The action of `http.check`, which changes nothing."""

    def prepare(self, step: Step, deadline: Deadline) -> tuple[str, ...]:
        """It creates nothing."""
        del step, deadline
        return ()

    def apply(self, step: Step, deadline: Deadline) -> None:
        """It changes nothing."""
        del step, deadline

    def gate(self, step: Step, deadline: Deadline) -> None:
        """Ask until the answer is of the wanted class."""
        if not step.gate.url.startswith(("https://", "http://")):
            raise StepFailedError(f"{step.gate.url} is no address on the web")
        found = "nothing"
        try:
            while not (found := _asked(step.gate.url, deadline)).startswith(step.gate.status.rstrip("x")):
                deadline.pause()
        except TookTooLongError:
            raise TookTooLongError(f"{step.gate.url} answers {found} in place of {step.gate.status}") from None

    def undo(self, step: Step, created: tuple[str, ...], deadline: Deadline) -> tuple[str, ...]:
        """There is nothing to go back on."""
        del step, created, deadline
        return ()


def _asked(url: str, deadline: Deadline) -> str:
    """The status of an answer, or why there is none."""
    try:
        request = Request(url, headers={"User-Agent": "idpc"})  # noqa: S310  # https or http, looked at before
        with urlopen(request, timeout=deadline.left(_ANSWER)) as answer:  # noqa: S310  # as above
            return str(answer.status)
    except HTTPError as answer:
        return str(answer.code)
    except (OSError, HTTPException) as failure:
        return f"nothing ({failure})"
