"""How the weights are made and measured: corpora, training, evaluation."""
