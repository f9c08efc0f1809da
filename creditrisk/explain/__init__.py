"""Why: exact contributions of a decision and the reasons they make."""
