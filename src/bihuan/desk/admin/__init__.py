"""The desks of those who look after places, units and rules."""
