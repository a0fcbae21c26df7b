"""The example shops with the gate taken out: ``python -m benchmarks.ungated.flask``, ``.django``, ``.fastapi``."""
