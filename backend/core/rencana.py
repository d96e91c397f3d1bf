"""How PostgreSQL plans a statement that takes whole arrays as parameters."""

# Statements are prepared after a few uses, and then PostgreSQL may keep one plan for any parameters. It believes such arrays
# to be short: the sixth file of taps in one worker took minutes instead of seconds. For the rest of the transaction each use
# is planned for the parameters it has.
RENCANA_SENDIRI = "SET LOCAL plan_cache_mode = force_custom_plan"
