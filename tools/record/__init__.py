"""What the market hub sends, written to parquet as the simulator replays it."""
