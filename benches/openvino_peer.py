"""OpenVINO on texts."""

import threading

from batches import RUNS, SIZES, Batches, queue_of

AXES = {"batch": SIZES, "runs": RUNS, "shapes": ["dynamic", "static"]}
STEP = 16  # lengths of static shapes are rounded up to it, so that there are few


class OpenVino(Batches):
    """Graph: from torch's module, or from the ONNX export. Shapes: one compiled model for all, or one for each shape of a batch. Runs: all
    threads on a batch together, or a batch for each thread (a stream each) apart. Rest, for int8: what is not in int8."""

    name = "OpenVINO"
    forms = {precision: AXES | {"graph": ["torch", "onnx"]} for precision in ("f32", "bf16")}
    forms["int8"] = AXES | {"graph": ["torch"], "rest": ["bf16", "f32"]}

    def __init__(self, settings):
        super().__init__(settings)
        import openvino

        self.core = openvino.Core()
        self.form, self.compiled, self.lock = None, {}, threading.Lock()

    def shape(self, form, rows, tokens):
        if form["shapes"] == "dynamic":
            return rows, tokens
        return form["batch"] if rows > 1 else 1, -(-tokens // STEP) * STEP

    def runners(self, form, shape):
        key = shape if form["shapes"] == "static" else None
        with self.lock:
            if form != self.form:
                self.form, self.compiled = form, {}  # a compiled model keeps its own packed weights
            if key not in self.compiled:
                self.compiled[key] = self.compile(form, key)
            return self.compiled[key]

    def compile(self, form, shape):
        int8 = self.settings["precision"] == "int8"
        model = self.core.read_model(self.folder / f"{form['graph']}{'.int8' if int8 else ''}.xml")
        if shape:
            model.reshape({port: shape for port in model.inputs})
        settings = {
            "INFERENCE_NUM_THREADS": self.threads,
            "INFERENCE_PRECISION_HINT": form["rest"] if int8 else self.settings["precision"],
            "PERFORMANCE_HINT": "LATENCY" if self.at_once(form) == 1 else "THROUGHPUT",
            "NUM_STREAMS": self.at_once(form),
        }
        compiled = self.core.compile_model(model, "CPU", settings)
        # Not shared: what a request gives back is its own memory, which its next run overwrites.
        return queue_of([self.runner(compiled.create_infer_request()) for _ in range(self.at_once(form))])

    @staticmethod
    def runner(request):
        return lambda inputs: request.infer(inputs, share_inputs=True)[0]

    def versions(self):
        import openvino

        return {"OpenVINO": openvino.__version__}
