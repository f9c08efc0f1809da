"""The page for people: a Gradio app in front of the services; it shows and asks, and decides nothing."""
