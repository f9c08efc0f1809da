"""Shapley values by their definition."""

from itertools import combinations
from math import factorial


def shapley(value, players):
    n = len(players)
    found = dict.fromkeys(players, 0.0)
    for player in players:
        others = [p for p in players if p != player]
        for size in range(n):
            weight = factorial(size) * factorial(n - size - 1) / factorial(n)
            for chosen in combinations(others, size):
                found[player] += weight * (value({*chosen, player}) - value(set(chosen)))
    return found
