"""`idpc owners`: which team owns which file, for the reviews of GitHub and GitLab."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from idpc.cli import console, options
from idpc.cli.session import Session

if TYPE_CHECKING:
    import datetime

    from idpc.pipeline import Compilation


@click.command(
    cls=options.Command,
    examples=(
        ("idpc owners > CODEOWNERS", "the file that GitHub and GitLab ask for reviews by"),
        ("idpc owners --prefix deploy/ > ../CODEOWNERS", "where the project is a folder of its repository"),
    ),
)
@options.project_path
@click.option("--prefix", default="", metavar="FOLDER/", help="What stands before each path in the repository.")
@options.today
def command(path: Path, prefix: str, today: "datetime.date") -> int:
    """Print CODEOWNERS: each file of the project with the team's members, or its `owner` where it names none.

    Files with apps belong to the apps' teams, those with what the organisation declares to teams with `platform = true`.
    """
    session = Session(path, today, product=True)
    compilation = session.compile("graph")
    session.tell(compilation)
    if not session.passes(compilation):
        return 1
    from idpc.policy.ownership import code_owners

    console.write(code_owners(compilation.modules, _contacts(compilation), prefix))
    return 0


def _contacts(compilation: "Compilation") -> dict[str, tuple[str, ...]]:
    """Whom to ask of each team, in any environment."""
    found: dict[str, tuple[str, ...]] = {}
    for run in compilation.evaluated.runs.values() if compilation.evaluated else ():
        for (sort, name), record in run.references.items():
            members = record.get("members")
            if sort == "team" and name not in found:
                found[name] = (
                    tuple(map(str, members)) if isinstance(members, list) and members else (str(record["owner"]),)
                )
    return found
