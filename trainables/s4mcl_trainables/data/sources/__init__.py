"""Folders of images as people have them: what lies in them, which layout they have, and what is wrong with them."""
