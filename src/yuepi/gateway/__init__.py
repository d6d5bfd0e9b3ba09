"""One safe model call: routes, prompts, cache, breaker, budget, call log; the OpenAI door."""
