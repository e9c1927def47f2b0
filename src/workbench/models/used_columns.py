"""Which columns of a frame a formula uses."""

from __future__ import annotations

import ast

import pandas as pd

from workbench.errors import ParameterError
from workbench.models.formulas import MixedFormula


def columns_used(formula: MixedFormula, data: pd.DataFrame, weights: str) -> list[str]:
    """Columns the formula needs, all of them present."""
    texts = [formula.response, formula.fixed, *(f"I({term})" for term in formula.offset)]
    texts += [" + ".join(term.terms) for term in formula.random]
    needed: dict[str, None] = {}
    for text in texts:
        needed.update(dict.fromkeys(sorted(variables_in(text))))
    for term in formula.random:
        needed.update(dict.fromkeys(term.group_columns))
    if weights:
        needed[weights] = None
    absent = [name for name in needed if name not in data.columns]
    if absent:
        raise ParameterError(
            f"The data have no column {', '.join(map(repr, absent))}. "
            f"Columns there: {', '.join(map(str, data.columns))}."
        )
    return list(needed)


def variables_in(text: str) -> set[str]:
    """Find the names of the columns that a part of a formula uses."""
    from formulaic import Formula
    from formulaic.errors import FormulaicError

    try:
        terms = Formula(text)
        names = {str(name) for name in terms.required_variables}
        for factor in (factor for term in terms for factor in term.factors):
            if factor.eval_method is not None and factor.eval_method.value == "python":
                names |= names_in(factor.expr)
        return names
    except (FormulaicError, SyntaxError, NotImplementedError) as error:
        raise ParameterError(f"'{text}' can't be read as part of a formula: {error}") from error


def names_in(expression: str) -> set[str]:
    """Names of a Python expression that are not functions or modules.

    Formulaic itself does not list the variables of transforms that keep a state, such as splines.
    """
    nodes = list(ast.walk(ast.parse(expression, mode="eval")))
    roots = [node.func for node in nodes if isinstance(node, ast.Call)]
    functions = {id(root) for root in roots}
    functions |= {id(node.value) for node in nodes if isinstance(node, ast.Attribute)}
    return {node.id for node in nodes if isinstance(node, ast.Name) and id(node) not in functions}
