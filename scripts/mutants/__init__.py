"""Does the gate hold planted regressions back, and let harmless changes pass?

``python -m scripts.mutants SET --index DIR --documents DIR`` asks the set once with the pipeline as it
is, then once for each of 20 mutants and 10 harmless variants, and puts each of these runs before the gate.
The changes are made from outside: by settings, by replacing a method of the index or the chatbot, by
building another index. Nothing in the product knows of them.
"""
