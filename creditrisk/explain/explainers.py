"""Which explainer a model has."""

from typing import Final

from creditrisk.explain.deep_shap import DeepTreeExplainer
from creditrisk.explain.forest_explainer import ForestExplainer
from creditrisk.explain.linear_shap import LinearExplainer, LinearTerms
from creditrisk.explain.shap_tables import BYTE
from creditrisk.explain.tree_shap import MAX_SPLITS, TreeExplainer
from creditrisk.model.bundle import EXPLAINER, Bundle
from creditrisk.model.contributions import Explainer
from creditrisk.model.families import ModelFamily
from creditrisk.model.trees import Forest

MOST_LINES: Final = 1 << 24
"""Lines of tables, were every leaf a group of its own, up to which tables are worth it: some 300 MB in the end."""


def of_bundle(bundle: Bundle) -> Explainer:
    """The explainer of a bundle's model; raises ``InvalidBundle`` if its file is damaged."""
    data = bundle.read(EXPLAINER)
    if bundle.manifest.family == ModelFamily.LOGISTIC:
        return LinearExplainer(LinearTerms.from_bytes(data))
    return of_forest(Forest.from_bytes(data))


def of_forest(forest: Forest) -> ForestExplainer:
    """The faster explainer of the two that bear ``forest``: by tables, or for many or deep leaves by edges."""
    longest = max(map(len, forest.paths()[1]))
    if longest <= MAX_SPLITS and len(forest.leaf_value) << max(BYTE, longest) <= MOST_LINES:
        return TreeExplainer(forest)
    return DeepTreeExplainer(forest)
