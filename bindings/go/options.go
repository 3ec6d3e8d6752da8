package glyxel

// #include <glyxel.h>
import "C"

import (
	"strconv"
)

// A LoadOption changes how a model is loaded.
type LoadOption interface{ applyToLoad(*loadSettings) }

// A CallOption changes how any call is made, that of [Load] included.
type CallOption interface {
	LoadOption
	EmbedOption
	TokenOption
	TaskOption
	applyToCall(*callSettings)
}

type setting struct{ name, value string }

type callSettings struct{ progress func(Progress) }

type loadSettings struct {
	callSettings
	settings []setting
}

func (s setting) applyToLoad(to *loadSettings) { to.settings = append(to.settings, s) }

// WithOption sets any setting that glyxel_options_set knows, by its name there. An unknown name is an error of the load, which lists
// the near ones.
func WithOption(name, value string) LoadOption { return setting{name, value} }

// WithDevice says what computes: "cpu" (the default), "cuda", "cuda:N", or "auto": CUDA if there is one that works, else the CPU.
func WithDevice(device string) LoadOption { return setting{"device", device} }

// WithPrecision says in what numbers: "f32" (the default), "bf16", "f16" (on CUDA only), "int8" (on a CPU with AVX2), or "auto": bf16 or f16
// where it is fast.
func WithPrecision(precision string) LoadOption { return setting{"precision", precision} }

// WithMaxLength cuts texts after so many tokens; the default, and the most, is what the model says.
func WithMaxLength(tokens int) LoadOption { return setting{"max_length", strconv.Itoa(tokens)} }

// WithImageSize brings pictures to this size, in pixels, instead of the model's own, for models that take others.
func WithImageSize(height, width int) LoadOption {
	return setting{"image_size", strconv.Itoa(height) + "x" + strconv.Itoa(width)}
}

// WithMaxImagePixels refuses pictures of more pixels before they are decoded; the default is 89,478,485.
func WithMaxImagePixels(pixels int) LoadOption {
	return setting{"max_image_pixels", strconv.Itoa(pixels)}
}

// WithRevision names the branch, tag or commit of a repository on the hub; the default is "main".
func WithRevision(revision string) LoadOption { return setting{"revision", revision} }

// WithToken gives an access token for the hub; the default is HF_TOKEN, or the one that `hf auth login` saved.
func WithToken(token string) LoadOption { return setting{"token", token} }

// WithCacheDir names the folder for downloads and converted checkpoints. The default: downloads are where Python's huggingface_hub
// has them, the others in GLYXEL_CACHE or the user's cache folder.
func WithCacheDir(path string) LoadOption { return setting{"cache_dir", path} }

// WithoutCache does not keep a converted checkpoint for the next time.
func WithoutCache() LoadOption { return setting{"cache", "false"} }

// Offline never uses the network: what was downloaded before is used.
func Offline() LoadOption { return setting{"offline", "true"} }

type progressOption func(Progress)

// WithProgress has progress called while the call runs, whenever it has got further, and never after the call has returned: from a
// goroutine, one call at a time. A call ends only after progress has returned.
func WithProgress(progress func(Progress)) CallOption { return progressOption(progress) }

func (o progressOption) applyToCall(to *callSettings)    { to.progress = o }
func (o progressOption) applyToLoad(to *loadSettings)    { to.progress = o }
func (o progressOption) applyToEmbed(to *embedSettings)  { to.progress = o }
func (o progressOption) applyToTokens(to *tokenSettings) { to.progress = o }
func (o progressOption) applyToTask(to *taskSettings)    { to.progress = o }

func callWith(options []CallOption) (to callSettings) {
	for _, option := range options {
		option.applyToCall(&to)
	}
	return to
}

// make gives the settings to C, which frees them by glyxel_options_free.
func (s *loadSettings) make() (*C.glyxel_options, error) {
	var p pins
	defer p.Unpin()
	var options *C.glyxel_options
	var e *C.glyxel_error
	if status := C.glyxel_options_new(&options, &e); status != C.GLYXEL_OK {
		return nil, failure(status, e)
	}
	for _, set := range s.settings {
		if status := C.glyxel_options_set(options, p.text(set.name), p.text(set.value), &e); status != C.GLYXEL_OK {
			C.glyxel_options_free(options)
			return nil, failure(status, e)
		}
	}
	return options, nil
}

// An EmbedOption changes how texts or pictures become vectors in one call.
type EmbedOption interface{ applyToEmbed(*embedSettings) }

// A TokenOption changes how the tokens of texts become vectors in one call.
type TokenOption interface{ applyToTokens(*tokenSettings) }

// A VectorOption is for vectors of whole inputs and of tokens alike.
type VectorOption interface {
	EmbedOption
	TokenOption
}

type vectorSettings struct {
	callSettings
	normalize int32
	prompt    string
}

type embedSettings struct {
	vectorSettings
	dim int
}

type tokenSettings struct {
	vectorSettings
	layer int
	role  Role
}

type vectorOption func(*vectorSettings)

func (o vectorOption) applyToEmbed(to *embedSettings)  { o(&to.vectorSettings) }
func (o vectorOption) applyToTokens(to *tokenSettings) { o(&to.vectorSettings) }

type embedOption func(*embedSettings)

func (o embedOption) applyToEmbed(to *embedSettings) { o(to) }

type tokenOption func(*tokenSettings)

func (o tokenOption) applyToTokens(to *tokenSettings) { o(to) }

// WithNormalize scales each vector to length 1, or leaves its length alone; the default is what the model says (of hidden states: not).
func WithNormalize(yes bool) VectorOption {
	return vectorOption(func(to *vectorSettings) {
		to.normalize = 2
		if yes {
			to.normalize = 1
		}
	})
}

// WithDim keeps only the first dim values of each vector, scaled to length 1 again if normalised: for models trained for that
// (Matryoshka). 0: all.
func WithDim(dim int) EmbedOption {
	return embedOption(func(to *embedSettings) { to.dim = dim })
}

// WithPrompt puts a prompt before each text. "@NAME" is one of the model's own, and "@query" and "@document" always exist; "@" is none; the
// empty string is the model's default one, if it has one. Pictures take none.
func WithPrompt(prompt string) VectorOption {
	return vectorOption(func(to *vectorSettings) { to.prompt = prompt })
}

// WithRole says what the texts are; the default is [RoleText]. The others are for models for late interaction (ColBERT) only.
func WithRole(role Role) TokenOption {
	return tokenOption(func(to *tokenSettings) { to.role = role })
}

// WithLayer gives tokens hidden state n, as transformers numbers hidden_states: what layer n gives. Below 0 it is counted from the end, as in
// Python: -1 is the last, -(Layers + 1) are the embeddings (Layers is in [TextInfo]). 0, the default: the vectors that the model gives its
// tokens, those of a model for late interaction, else the last hidden state.
func WithLayer(n int) TokenOption {
	return tokenOption(func(to *tokenSettings) { to.layer = n })
}

// An Activation is what makes scores of a model's logits.
type Activation int32

// The activations.
const (
	// What the model says.
	ActivationDefault Activation = 0
	// Nothing: the scores are the logits.
	ActivationNone Activation = 1
	// The scores of an item sum to 1.
	ActivationSoftmax Activation = 2
	// Each score stands for itself, between 0 and 1.
	ActivationSigmoid Activation = 3
)

// A TaskOption changes how classes, labels and pairs are scored in one call.
type TaskOption interface{ applyToTask(*taskSettings) }

type taskSettings struct {
	callSettings
	activation Activation
	topK       int
	template   string
	templates  []string
}

type taskOption func(*taskSettings)

func (o taskOption) applyToTask(to *taskSettings) { o(to) }

// WithActivation says what makes scores of the model's logits; the default is what the model says.
func WithActivation(activation Activation) TaskOption {
	return taskOption(func(to *taskSettings) { to.activation = activation })
}

// WithTopK keeps only the k likeliest classes of each item; 0: all. Zero-shot methods score every label.
func WithTopK(k int) TaskOption {
	return taskOption(func(to *taskSettings) { to.topK = k })
}

// WithTemplate is for zero-shot methods: a sentence that holds "{}", where each label is put, instead of the model's usual one.
func WithTemplate(template string) TaskOption {
	return taskOption(func(to *taskSettings) { to.template = template })
}

// WithTemplates is for zero-shot methods: several sentences, each with a "{}" for the label, instead of one. Of pictures each label is then
// compared by the mean of its sentences' directions; of texts the scores are averaged. It does not go together with [WithTemplate].
func WithTemplates(templates ...string) TaskOption {
	return taskOption(func(to *taskSettings) { to.templates = templates })
}
