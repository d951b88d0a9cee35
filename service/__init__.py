"""Settings, command line and, on top of everything, what people touch."""
