"""Small fleets of apps that change at random: what a developer edits in a day, many times over."""

from random import Random

PROJECT = """project fleet {{ language = "2026.1" }}
team platform {{ owner = "platform@acme.io", on_call = "pagerduty:P" }}
environment dev {{ cloud = "kubernetes" }}
environment prod {{
  cloud = "aws"
  region = "eu-west-1"
  protected = {protected}
  admission = "validating_admission_policy"
}}
defaults service {{ memory = {memory}Mi }}
template pair {{
  image: image
  service front {{ image = image, port = 8080, env {{ LEVEL = "{level}" }} }}
}}
policy has_two {{
  on = [service]
  severity = "warning"
  when = environment == prod
  require self.replicas.min >= {least} else "`${{self.name}}` runs once"
}}
"""


class Fleet:
    """Apps of which some read others, in one file each, with what they share; `files` are its texts by path."""

    def __init__(self, seed: int, count: int = 12) -> None:
        self.random = Random(seed)  # noqa: S311  # a test's
        self.shared = {"protected": "false", "memory": 128, "level": "info", "least": 1}
        self.apps: dict[str, dict[str, object]] = {}
        self.notes = {"note.txt": "first\n"}
        for _ in range(count):
            self.add()

    @property
    def files(self) -> dict[str, str]:
        apps = {f"apps/{name}.platform": self._text(name) for name in self.apps}
        return {"project.platform": PROJECT.format(**self.shared), **apps, **self.notes}

    def edit(self) -> str:
        """Change something; gives what."""
        edits = (self.field, self.field, self.field, self.add, self.remove, self.link, self.cut, self.share, self.note)
        edit = self.random.choice(edits)
        edit()
        return edit.__name__

    def add(self) -> None:
        number = next(number for number in range(1000) if f"app_{number}" not in self.apps)
        fields = {"replicas": 1, "port": 8080, "word": "a", "database": number % 3 == 0, "reads": None, "extra": ""}
        self.apps[f"app_{number}"] = fields

    def remove(self) -> None:
        if len(self.apps) > 9:
            gone = self.random.choice([*self.apps])
            del self.apps[gone]
            for app in self.apps.values():
                app["reads"] = None if app["reads"] == gone else app["reads"]

    def field(self) -> None:
        app = self.apps[self.random.choice([*self.apps])]
        random = self.random
        changes = {
            "replicas": random.randint(1, 5),
            "port": random.choice((8080, 9000)),
            "word": random.choice(("a", "b", "no", "${environment.name}", "café")),
            "database": random.random() < 0.4,
            "extra": random.choice(
                ("", 'pair storefront { image = "x:1" }', "// a comment", 'service more { image = "y:2", port = 80 }')
            ),
        }
        name = random.choice([*changes])
        app[name] = changes[name]

    def link(self) -> None:
        one, other = self.random.sample([*self.apps], 2)
        self.apps[one]["reads"] = other

    def cut(self) -> None:
        self.apps[self.random.choice([*self.apps])]["reads"] = None

    def share(self) -> None:
        random = self.random
        changes = {
            "protected": random.choice(("true", "false")),
            "memory": random.choice((128, 256)),
            "level": random.choice(("info", "debug")),
            "least": random.choice((1, 2)),
        }
        name = random.choice([*changes])
        self.shared[name] = changes[name]

    def note(self) -> None:
        self.notes["note.txt"] = f"{self.random.randint(1, 3)}\n"

    def _text(self, name: str) -> str:
        app = self.apps[name]
        lines = [f'    WORD = "{app["word"]}"']
        lines += [f"    OTHER = {app['reads']}.web.url"] if app["reads"] else []
        lines += ["    DATABASE = data.url"] if app["database"] else []
        lines += ['    NOTE = read("note.txt")'] if name.endswith("1") else []
        data = '  postgres data { version = "16", storage = 20Gi }\n' if app["database"] else ""
        env = "\n".join(lines)
        return (
            f"app {name} {{\n  team = platform\n{data}"
            f'  service web {{\n    image = "registry.acme.io/{name}:1.0"\n    port = {app["port"]}\n'
            f"    replicas = {app['replicas']}\n    env {{\n{env}\n    }}\n  }}\n  {app['extra']}\n}}\n"
        )
