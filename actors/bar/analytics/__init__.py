"""What one contract's book and tape say: measures, profiles, levels and detectors, no clock."""
