"""The roadshow planner (资本对接会): a fair match list and a clash-free timetable.

:func:`matcher.roadshow.planning.plan` turns a :class:`~matcher.roadshow.problem.Problem` into a
:class:`~matcher.roadshow.result.Plan`: selection by minimum-cost flow, a timetable slot by slot by
maximum weight matching, an improvement pass over the agendas, then seats, quality and findings.
:func:`matcher.roadshow.replanning.replan` changes a plan as little as it can, and
:func:`matcher.roadshow.verify.verify` checks any plan and shares no code with the planner.
"""
