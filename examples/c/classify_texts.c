/* Says what texts are, by the classes that a model was trained on.
 *
 *   classify_texts MODEL TEXT...      a checkpoint folder or a bundle with a head for whole texts
 */
#include <stdio.h>
#include <stdlib.h>

#include "glyxel.h"

static void check(glyxel_status status, glyxel_error **error) {
    if (status == GLYXEL_OK)
        return;
    fprintf(stderr, "status %d: %s\n", (int)status, glyxel_error_message(*error));
    glyxel_error_free(*error);
    exit(1);
}

/* >>> classify_texts */
/* Prints the likeliest class of each text and its score. */
static glyxel_status print_classes(const glyxel_model *model, const glyxel_str *texts, size_t n, glyxel_error **err) {
    glyxel_task_options best = {.struct_size = sizeof best, .top_k = 1};
    glyxel_predictions *predictions = NULL;
    glyxel_status status = glyxel_classify_texts(model, texts, n, &best, NULL, &predictions, err);
    for (size_t i = 0; status == GLYXEL_OK && i < n; i++) {
        glyxel_str label;
        float score;
        if (glyxel_predictions_get(predictions, i, 0, &label, NULL, &score) == GLYXEL_OK)
            printf("%.3f  %.*s  %.*s\n", score, (int)label.len, label.ptr, (int)texts[i].len, texts[i].ptr);
    }
    glyxel_predictions_free(predictions);
    return status;
}
/* <<< */

int main(int argc, char **argv) {
    size_t count = argc > 2 ? (size_t)argc - 2 : 0, i;
    glyxel_error *error = NULL;
    glyxel_model *model = NULL;
    glyxel_str *texts = malloc((count + 1) * sizeof *texts);

    if (count == 0 || texts == NULL) {
        fprintf(stderr, "usage: classify_texts MODEL TEXT...\n");
        return 2;
    }
    for (i = 0; i < count; i++)
        texts[i] = glyxel_cstr(argv[i + 2]);
    check(glyxel_model_load(glyxel_cstr(argv[1]), NULL, NULL, &model, &error), &error);
    check(print_classes(model, texts, count, &error), &error);
    glyxel_model_free(model);
    free(texts);
    return 0;
}
