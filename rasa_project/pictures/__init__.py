"""Line drawings of every exercise, drawn from `content/pictures.yml`: `make pictures`."""
