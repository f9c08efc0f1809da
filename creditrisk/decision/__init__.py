"""From a PD to a decision: policy, scorecard points, the record."""
