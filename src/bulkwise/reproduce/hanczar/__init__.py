"""Hanczar, Bourgeais and Zehraoui (2022): when networks and transfer pay, beside our answers."""

from __future__ import annotations

from bulkwise.reproduce.hanczar.cohorts import Passage, Task, hanczar_passages, hanczar_tasks
from bulkwise.reproduce.hanczar.verb import reproduce_hanczar

__all__ = ["Passage", "Task", "hanczar_passages", "hanczar_tasks", "reproduce_hanczar"]
