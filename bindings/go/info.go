package glyxel

import "encoding/json"

// Info describes a model. Raw has all of it, the preprocessing of pictures and more; the fields are what programs ask for most.
type Info struct {
	// The checkpoint's model_type, or timm's architecture: "bert", "clip", "tf_efficientnet_lite0" …
	Architecture string `json:"architecture"`
	// What computes: "cpu", "cuda:0" …
	Device string `json:"device"`
	// In what numbers: "f32", "bf16", "f16", "int8".
	Precision string `json:"precision"`
	// Values in one embedding; 0 if the model embeds nothing.
	Dim int `json:"dim"`
	// What the model can do, by the names of the C functions: "embed_texts", "classify_images", "zero_shot_texts" …
	Tasks []string `json:"tasks"`
	// What it makes of texts; nil if it takes none.
	Text *TextInfo `json:"text"`
	// What it makes of pictures; nil if it takes none.
	Image *ImageInfo `json:"image"`
	// How it compares pictures with texts; nil if it does not.
	ZeroShot *ZeroShotInfo `json:"zero_shot"`
	// Where it came from.
	Source SourceInfo `json:"source"`
	// The whole description, as JSON.
	Raw json.RawMessage `json:"-"`
}

// TextInfo says what a model makes of texts.
type TextInfo struct {
	// Tokens after which a text is cut.
	MaxLength int `json:"max_length"`
	// Values in one embedding; 0 if it makes none of a whole text.
	Dim int `json:"dim"`
	// How tokens become one vector: "mean", "cls" …; and which file says so, or "default".
	Pooling       []string `json:"pooling"`
	PoolingSource string   `json:"pooling_source"`
	// Whether vectors have length 1 unless a call says otherwise.
	Normalize bool `json:"normalize"`
	// The prompts that [WithPrompt] finds by "@NAME", and the one that is used by default ("": none).
	Prompts           map[string]string `json:"prompts"`
	DefaultPromptName string            `json:"default_prompt_name"`
	// Tokens that the tokenizer knows.
	VocabSize int `json:"vocab_size"`
	// How many layers give their hidden states ([WithLayer]), and the values in one; 0 if it gives none.
	Layers     int `json:"layers"`
	HiddenSize int `json:"hidden_size"`
	// How it makes vectors of tokens that it was trained to compare by; nil if it was not.
	LateInteraction *LateInteractionInfo `json:"late_interaction"`
	// The classes of [Model.ClassifyTexts]; nil if it has none.
	Classes *ClassesInfo `json:"classes"`
}

// LateInteractionInfo says what vectors of tokens a model for late interaction (ColBERT) makes.
type LateInteractionInfo struct {
	// Values in one, which has length 1.
	Dim int `json:"dim"`
	// After how many tokens a query ([RoleQuery]) and a document ([RoleDocument]) are cut.
	Query    RoleInfo `json:"query"`
	Document RoleInfo `json:"document"`
}

// RoleInfo says how a model reads texts of a role.
type RoleInfo struct {
	// Tokens after which a text is cut, special ones and the role's marker included.
	MaxLength int `json:"max_length"`
}

// ImageInfo says what a model makes of pictures.
type ImageInfo struct {
	// Values in one embedding.
	Dim int `json:"dim"`
	// What an embedding is: "global average pooling", "CLS token" …
	Embedding string `json:"embedding"`
	// What pictures are brought to, in pixels.
	Height int `json:"height"`
	Width  int `json:"width"`
	// The classes of [Model.ClassifyImages]; nil if it has none.
	Classes *ClassesInfo `json:"classes"`
}

// ClassesInfo says which classes a model has.
type ClassesInfo struct {
	// Their names, by their places.
	Labels []string `json:"labels"`
	// Where the names come from: "id2label", "ImageNet-1k" …, or "none".
	Source string `json:"source"`
	// What makes scores of logits by default: "softmax", "sigmoid", "none".
	Activation string `json:"activation"`
}

// ZeroShotInfo says how a model compares pictures with texts.
type ZeroShotInfo struct {
	// A cosine is multiplied by Scale, and Bias is added; Activation makes a score of that.
	Scale      float64 `json:"scale"`
	Bias       float64 `json:"bias"`
	Activation string  `json:"activation"`
	// Where labels are put, by default.
	Template string `json:"template"`
}

// SourceInfo says where a model came from.
type SourceInfo struct {
	// The id on the hub, or the folder's name, and the commit ("": not from the hub).
	Location string `json:"location"`
	Revision string `json:"revision"`
	// As the checkpoint states it; "" if it does not.
	Licence string `json:"licence"`
	// The checksum of the weights, and their types in the checkpoint.
	WeightsSHA256 string `json:"weights_sha256"`
	WeightsDType  string `json:"weights_dtype"`
}

// Can says whether the model can do a task, by the name of its C function without the prefix, such as "embed_texts".
func (i *Info) Can(task string) bool {
	for _, can := range i.Tasks {
		if can == task {
			return true
		}
	}
	return false
}

func parseInfo(text string) (*Info, error) {
	info := &Info{Raw: json.RawMessage(text)}
	if err := json.Unmarshal(info.Raw, info); err != nil {
		return nil, &Error{Status: ErrInternal, Message: "the library's description of the model is not as this version of the package expects it: " + err.Error()}
	}
	return info, nil
}
