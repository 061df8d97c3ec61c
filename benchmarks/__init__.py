"""Side by side with other ways of doing the same work. Nothing here is part of the pipeline."""
