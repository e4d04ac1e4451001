"""The signal room: a strategy's wishes over prediction and position, one answer a bar."""
