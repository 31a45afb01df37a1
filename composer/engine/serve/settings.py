"""Switches and thresholds of a serving engine."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """`transcripts`: the company's switch for learned responses and phrases; the rest was set by measurement.

    `sharpness`, `trust`, `trust_again`: how much weights and chances follow the scores; the last those of the second
    ranking. `alike`: share of words in common that
    makes two messages mean the same. `exact`: weight of the very message against one that means the same.
    `surest`, `fillpower`: how surely slots must be filled, and how much that counts. `spread`,
    `variants`, `names`: parts of the engine that the ablation turns off.
    """

    transcripts: bool = True
    sharpness: float = 0.8
    trust: float = 0.5
    trust_again: float = 0.7
    alike: float = 0.6
    exact: float = 0.6
    surest: float = 0.015
    fillpower: float = 0.3
    spread: bool = True
    variants: bool = True
    names: bool = True
