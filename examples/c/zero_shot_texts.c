/* Says how well three labels fit a text, with a model that was trained on inference.
 *
 *   zero_shot_texts MODEL TEXT LABEL LABEL LABEL      a checkpoint folder or a bundle with a head for NLI
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

/* >>> zero_shot_texts */
/* How well each label fits the text; the scores sum to 1. */
static glyxel_status topics(const glyxel_model *model, glyxel_str text, const glyxel_str labels[3], float scores[3], glyxel_error **err) {
    glyxel_task_options about = {.struct_size = sizeof about, .template_ = glyxel_cstr("This text is about {}.")};
    return glyxel_zero_shot_texts(model, &text, 1, labels, 3, &about, NULL, scores, 3, err);
}
/* <<< */

int main(int argc, char **argv) {
    glyxel_error *error = NULL;
    glyxel_model *model = NULL;
    glyxel_str labels[3];
    float scores[3];
    int i;

    if (argc != 6) {
        fprintf(stderr, "usage: zero_shot_texts MODEL TEXT LABEL LABEL LABEL\n");
        return 2;
    }
    check(glyxel_model_load(glyxel_cstr(argv[1]), NULL, NULL, &model, &error), &error);
    for (i = 0; i < 3; i++)
        labels[i] = glyxel_cstr(argv[i + 3]);
    check(topics(model, glyxel_cstr(argv[2]), labels, scores, &error), &error);
    for (i = 0; i < 3; i++)
        printf("%.3f  %s\n", scores[i], argv[i + 3]);
    glyxel_model_free(model);
    return 0;
}
