"""What every service runs on: settings, server, interceptor, telemetry, channels."""
