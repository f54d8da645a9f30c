"""Hanczar, Bourgeais and Zehraoui (2022): when networks and transfer pay, beside our answers."""

from __future__ import annotations

from bulkwise.reproduce.hanczar.cohorts import Task, hanczar_tasks
from bulkwise.reproduce.hanczar.verb import reproduce_hanczar

__all__ = ["Task", "hanczar_tasks", "reproduce_hanczar"]
