/* program FIXTURES CACHE: what a program built against the first header could do, it does with today's library. Never changed: it stands
 * for the programs that are out there. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "glyxel.h"

static glyxel_options *options;
static glyxel_error *error;

static void check(const char *doing, glyxel_status status) {
    if (status == GLYXEL_OK)
        return;
    fprintf(stderr, "%s: %s\n", doing, glyxel_error_message(error));
    exit(1);
}

static void expect(const char *what, int holds) {
    if (holds)
        return;
    fprintf(stderr, "this does not hold: %s\n", what);
    exit(1);
}

static glyxel_model *load(const char *fixtures, const char *name) {
    char path[4096];
    glyxel_model *model = NULL;
    snprintf(path, sizeof path, "%s/%s", fixtures, name);
    check(name, glyxel_model_load(glyxel_cstr(path), options, NULL, &model, &error));
    return model;
}

static void say(int32_t level, glyxel_str message, void *user) {
    if (level >= GLYXEL_LOG_ERROR && message.len > 0)
        ++*(int *)user;
}

static void texts(const char *fixtures) {
    glyxel_str two[2];
    glyxel_embed_options how;
    glyxel_control *control = NULL;
    float out[2 * 64], length = 0;
    size_t counts[2], i;
    int32_t stage = -1;
    uint64_t done, total;
    glyxel_model *model = load(fixtures, "bert/st_mean");
    two[0] = glyxel_cstr("the film was good");
    two[1] = glyxel_cstr("a river");
    memset(&how, 0, sizeof how);
    how.struct_size = sizeof how;
    how.normalize = 1;
    how.dim = 4;
    how.prompt = glyxel_cstr("@");
    check("control", glyxel_control_new(&control, &error));
    glyxel_control_set_timeout(control, 60000);
    check("embed", glyxel_embed_texts(model, two, 2, &how, control, out, 8, &error));
    glyxel_control_progress(control, &stage, &done, &total);
    for (i = 0; i < 4; i++)
        length += out[i] * out[i];
    expect("unit vectors of 4", fabsf(length - 1) < 1e-5f);
    check("count", glyxel_count_tokens(model, two, 2, counts, 2, &error));
    expect("tokens", counts[0] > counts[1] && counts[1] > 0);
    expect("info", strstr(glyxel_model_info(model), "{") != NULL && glyxel_model_dim(model) >= 4);
    glyxel_control_cancel(control);
    expect("cancelled", glyxel_embed_texts(model, two, 2, NULL, control, out, 128, NULL) == GLYXEL_CANCELLED);
    glyxel_control_free(control);
    glyxel_model_free(model);
}

static void heads(const char *fixtures) {
    glyxel_task_options how;
    glyxel_predictions *seen = NULL;
    glyxel_str text = glyxel_cstr("the film was good"), other = glyxel_cstr("a river"), labels[2], label;
    float scores[2];
    int64_t index;
    glyxel_model *model = load(fixtures, "heads/bert"), *pairs = load(fixtures, "heads/bert_cross_encoder");
    memset(&how, 0, sizeof how);
    how.struct_size = sizeof how;
    how.activation = 2;
    how.top_k = 1;
    check("classify", glyxel_classify_texts(model, &text, 1, &how, NULL, &seen, &error));
    expect("one class", glyxel_predictions_count(seen, 0) == 1);
    check("prediction", glyxel_predictions_get(seen, 0, 0, &label, &index, &scores[0]));
    expect("a label", label.len > 0 && index >= 0 && scores[0] > 0);
    glyxel_predictions_free(seen);
    how.top_k = 0;
    how.template_ = glyxel_cstr("about {}");
    labels[0] = glyxel_cstr("film");
    labels[1] = glyxel_cstr("river");
    check("zero-shot", glyxel_zero_shot_texts(model, &text, 1, labels, 2, &how, NULL, scores, 2, &error));
    expect("a row sums to 1", fabsf(scores[0] + scores[1] - 1) < 1e-5f);
    check("pairs", glyxel_score_pairs(pairs, &text, &other, 1, NULL, NULL, scores, 1, &error));
    glyxel_model_free(model);
    glyxel_model_free(pairs);
}

static void pictures(const char *fixtures) {
    uint8_t pixels[8 * 8 * 4];
    glyxel_image image;
    glyxel_str labels[2];
    float scores[2], *vector;
    glyxel_model *model = load(fixtures, "images/clip");
    memset(pixels, 77, sizeof pixels);
    memset(&image, 0, sizeof image);
    image.struct_size = sizeof image;
    image.format = GLYXEL_BGRA8;
    image.width = image.height = 8;
    image.row_stride = 32;
    image.data = pixels;
    image.len = sizeof pixels;
    image.bottom_up = 1;
    labels[0] = glyxel_cstr("grey");
    labels[1] = glyxel_cstr("a cat");
    check("zero-shot", glyxel_zero_shot_images(model, &image, 1, labels, 2, NULL, NULL, scores, 2, &error));
    expect("a row sums to 1", fabsf(scores[0] + scores[1] - 1) < 1e-5f);
    vector = malloc(glyxel_model_dim(model) * sizeof *vector);
    check("embed", glyxel_embed_images(model, &image, 1, NULL, NULL, vector, glyxel_model_dim(model), &error));
    free(vector);
    glyxel_model_free(model);
}

static void vectors(void) {
    static const float corpus[8] = {1, 0, 0, 1, 1, 1, -1, 0};
    static const int32_t labels[2] = {0, 1};
    uint64_t index[2], first, second, liked = 0, count;
    float score[2], ranges[4], centroid[2];
    uint8_t codes[8];
    int32_t label;
    glyxel_pairs *pairs = NULL;
    glyxel_centroids *centroids = NULL;
    check("top_k", glyxel_top_k(corpus, 1, corpus, 4, 2, GLYXEL_COSINE, 2, NULL, index, score, &error));
    expect("the nearest", index[0] == 0 && index[1] == 2 && score[0] == 1);
    check("recommend", glyxel_recommend(corpus, 4, 2, &liked, 1, NULL, 0, GLYXEL_DOT, 1, NULL, index, score, &error));
    expect("recommended", index[0] == 2);
    check("duplicates", glyxel_duplicates(corpus, 4, 2, 0.7f, 0, NULL, &pairs, &error));
    expect("two pairs", glyxel_pairs_count(pairs) == 2);
    check("pair", glyxel_pairs_get(pairs, 0, &first, &second, score));
    glyxel_pairs_free(pairs);
    check("centroids", glyxel_centroids_new(2, 2, &centroids, &error));
    check("learn", glyxel_centroids_add(centroids, corpus, labels, 2, &error));
    check("tell", glyxel_centroids_classify(centroids, corpus + 2, 1, -1, NULL, &label, score, &error));
    check("centroid", glyxel_centroids_get(centroids, 1, centroid, 2, &count, &error));
    expect("learned", label == 1 && centroid[1] == 1 && count == 1);
    glyxel_centroids_free(centroids);
    check("ranges", glyxel_quantize_ranges(corpus, 4, 2, NULL, ranges, 4, &error));
    check("quantise", glyxel_quantize(corpus, 4, 2, GLYXEL_UINT8, ranges, NULL, codes, 8, &error));
    check("quantised", glyxel_top_k_quantized(codes, 1, codes, 4, 2, GLYXEL_UINT8, 1, NULL, 0, NULL, index, score, &error));
    expect("the largest dot product", index[0] == 0);
}

int main(int argc, char **argv) {
    int messages = 0;
    if (argc != 3)
        return 2;
    expect("the version", glyxel_abi_version() == 1 && glyxel_version()[0] && glyxel_build_info()[0]);
    check("log", glyxel_log_set(say, &messages, &error));
    check("configure", glyxel_configure(glyxel_cstr("threads"), glyxel_cstr("1"), &error));
    check("options", glyxel_options_new(&options, &error));
    check("cache_dir", glyxel_options_set(options, glyxel_cstr("cache_dir"), glyxel_cstr(argv[2]), &error));
    expect("an error", glyxel_options_set(options, glyxel_cstr("nonsense"), glyxel_cstr(""), &error) == GLYXEL_INVALID_ARGUMENT);
    expect("its code", glyxel_error_code(error) == GLYXEL_INVALID_ARGUMENT && glyxel_error_message(error)[0]);
    glyxel_error_free(error);
    error = NULL;
    texts(argv[1]);
    heads(argv[1]);
    pictures(argv[1]);
    vectors();
    glyxel_options_free(options);
    check("shutdown", glyxel_shutdown(0, &error));
    check("log", glyxel_log_set(NULL, NULL, &error));
    expect("messages", messages > 0);
    return 0;
}
