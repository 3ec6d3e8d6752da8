"""ONNX Runtime on texts. On a CPU it has no bf16."""

from batches import RUNS, SIZES, Batches, queue_of


class OnnxRuntime(Batches):
    """Graph: torch's export as it is, or fused by ONNX Runtime's own optimiser for transformers. Runs: all threads on a batch together, or
    a batch for each thread apart."""

    name = "ONNX Runtime"
    forms = {precision: {"graph": ["fused", "plain"], "batch": SIZES, "runs": RUNS} for precision in ("f32", "int8")}

    def __init__(self, settings):
        super().__init__(settings)
        self.sessions = {}

    def runners(self, form, shape):
        key = form["graph"], form["runs"]
        if key not in self.sessions:
            self.sessions = {key: self.session(form)}
        return self.sessions[key]

    def session(self, form):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self.threads // self.at_once(form)
        ending = ".int8.onnx" if self.settings["precision"] == "int8" else ".onnx"
        session = onnxruntime.InferenceSession(str(self.folder / (form["graph"] + ending)), options, providers=["CPUExecutionProvider"])
        # A session may be called by several threads at once.
        return queue_of([lambda inputs: session.run(None, inputs)[0]] * self.at_once(form))

    def versions(self):
        import onnxruntime

        return {"ONNX Runtime": onnxruntime.__version__}
