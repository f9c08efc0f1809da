"""What schemathesis is told of this API beyond its description."""

from typing import Any

import schemathesis


@schemathesis.hook
def before_load_schema(_context: Any, raw_schema: dict[str, Any]) -> None:
    """Without X-Timeout: any time above 0 is valid, and most that would be generated are too short for an answer."""
    for path in raw_schema["paths"].values():
        for operation in path.values():
            kept = [one for one in operation.get("parameters", []) if not one.get("$ref", "").endswith("/X-Timeout")]
            operation["parameters"] = kept


@schemathesis.check
def refusals_name_fields(_context: Any, response: Any, _case: Any) -> None:
    """Some rules are the bundle's or the clock's, so a description cannot have them: a refusal names each."""
    if response.status_code == 400:
        violations = response.json()["violations"]
        assert violations
        assert all(one["field"] and one["description"] for one in violations)
