"""What was known before: fingerprints of violations and warnings that do not change when lines move."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from idpc.diagnostics.model import Diagnostic


def fingerprint(diagnostic: Diagnostic) -> str:
    """The same wherever in its file a fault stands."""
    return _digest(diagnostic.code, diagnostic.policy, diagnostic.address, diagnostic.span.file, diagnostic.message)


def fingerprints(text: str) -> frozenset[str]:
    """Those of what an earlier run printed with `--format json`; raises ValueError where it did not."""
    document = json.loads(text)
    if not isinstance(document, dict) or not isinstance(document.get("diagnostics"), list):
        raise ValueError("no diagnostics")  # noqa: TRY004  # as for any other fault of the file
    return frozenset(map(_of_document, document["diagnostics"]))


def _of_document(each: Mapping[str, Any]) -> str:
    if not isinstance(each, dict):
        raise ValueError("no diagnostics")  # noqa: TRY004  # as for any other fault of the file
    names = ("code", "policy", "address", "file", "message")
    return _digest(*(str(each.get(name) or "") for name in names))


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
