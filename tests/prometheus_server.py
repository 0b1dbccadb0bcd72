"""A small server that answers as the HTTP API of Prometheus does, well or badly."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import parse_qs


class Asked(NamedTuple):
    """A range query: PromQL, from when to when in steps of how many seconds, and who says that they ask."""

    query: str
    start: float
    end: float
    step: float
    authorization: str | None


class Answer(NamedTuple):
    """What is sent back: a status, and a document or text."""

    status: int
    body: object
    location: str = ""


Answers = Callable[[Asked], Answer]


def matrix(*series: list[tuple[float, float]]) -> Answer:
    """Series of times and values."""
    found = [
        {"metric": {"pod": f"p{number}"}, "values": [[time, str(value)] for time, value in each]}
        for number, each in enumerate(series)
    ]
    return Answer(200, {"status": "success", "data": {"resultType": "matrix", "result": found}})


@contextmanager
def prometheus(answers: Answers) -> Iterator[tuple[str, list[Asked]]]:
    """The address of a server, and what it is asked."""
    asked: list[Asked] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            fields = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            numbers = (float(fields[name][0]) for name in ("start", "end", "step"))
            query = Asked(fields["query"][0], *numbers, self.headers["Authorization"])
            assert self.path == "/api/v1/query_range"
            asked.append(query)
            answer = answers(query)
            content = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
            self.send_response(answer.status)
            self.send_header("Content-Type", "application/json")
            if answer.location:
                self.send_header("Location", answer.location)
            self.end_headers()
            with suppress(BrokenPipeError):  # who asked has gone
                self.wfile.write(content.encode())

        def do_GET(self) -> None:
            """What comes of a redirection, which is never answered."""
            asked.append(Asked("", 0, 0, 0, self.headers["Authorization"]))
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
