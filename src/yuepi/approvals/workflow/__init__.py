"""How a received claim gets to its outcome whatever dies: queue, story, executors, take-over.

DBOS is used for what it does well: a queue in the database, one runner for each piece of work,
and what a process left behind when it died. What a claim's steps did is not kept there: each step
of `approvals.steps` writes its effect and its own checkpoint (the attempt, the reading, the
decision) in one transaction of our tables, and finds it there when it runs again. So nothing is
lost when DBOS's tables are, a second run or a thawed process changes nothing, and a claim costs
no more transactions than it must (measured: each DBOS step costs 3 to 6 ms of a core, which is as
much as the step itself).
"""
