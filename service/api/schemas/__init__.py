"""Bodies of requests and answers, one file a noun, one model a direction."""
