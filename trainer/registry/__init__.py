"""MLflow: every fit is a run, every bundle a version of a registered model with aliases."""
