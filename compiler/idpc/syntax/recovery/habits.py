"""Habits from other languages: each is known by its tokens, told by its name, and mended."""

from collections.abc import Callable

from idpc.syntax.recovery.context import Context, Repair

Habit = Callable[[Context], Repair | None]

HABITS: tuple[Habit, ...] = ()
