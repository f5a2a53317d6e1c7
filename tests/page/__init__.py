"""The page as people use it. A package, so that what its tests share ends with them."""
