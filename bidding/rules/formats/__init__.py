"""One small pure module per auction format; `registry` knows them by name."""
