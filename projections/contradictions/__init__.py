"""What a report says against itself and against its records, found and never smoothed over.

The self-evaluation that this system was made after contradicts itself in seventeen ways
(figures.md, I0-01 to I0-17). Those that records can show are found here by rules that know
nothing of that report; each says what stands against what, in figures with their units, and
which records are behind it. `docs/contradictions.md` tells them apart from those that no record
can show.
"""
