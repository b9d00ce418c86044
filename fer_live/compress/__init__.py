"""The offline module: data, training, pruning, quantisation, publishing. Needs torch; the app never imports it."""
