"""The road of a turn, in the order in which a question walks it.

assistant → ask → attachments → lookup → query_rewrite → memories → plan → measure → fit →
prompt → reply → settle → background

Beside it: `events` that it yields, `saving` and `booking`, `side_call` and `rate_limit` for calls,
and the rooms `compare`, `notes`, `recall` and `summaries`.
"""
