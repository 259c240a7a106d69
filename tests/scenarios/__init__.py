"""Stories in the field's words that cross several rooms: what people see on their screens from first to last."""
