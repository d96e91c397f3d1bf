"""System checks of process bindings."""
