"""The window: everything that knows Qt. It pulls from the engine on timers; nothing is pushed into it."""
