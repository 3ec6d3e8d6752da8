/* Says how well each of three documents answers a query, with a cross-encoder.
 *
 *   rerank MODEL QUERY DOCUMENT DOCUMENT DOCUMENT      a checkpoint folder or a bundle whose head has one logit
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

/* >>> rerank */
/* One score for each of three documents, in their order: the higher, the better the answer. */
static glyxel_status score(const glyxel_model *model, glyxel_str query, const glyxel_str documents[3], float scores[3], glyxel_error **err) {
    glyxel_str queries[3] = {query, query, query};
    return glyxel_score_pairs(model, queries, documents, 3, NULL, NULL, scores, 3, err);
}
/* <<< */

int main(int argc, char **argv) {
    glyxel_error *error = NULL;
    glyxel_model *model = NULL;
    glyxel_str documents[3];
    float scores[3];
    int i;

    if (argc != 6) {
        fprintf(stderr, "usage: rerank MODEL QUERY DOCUMENT DOCUMENT DOCUMENT\n");
        return 2;
    }
    check(glyxel_model_load(glyxel_cstr(argv[1]), NULL, NULL, &model, &error), &error);
    for (i = 0; i < 3; i++)
        documents[i] = glyxel_cstr(argv[i + 3]);
    check(score(model, glyxel_cstr(argv[2]), documents, scores, &error), &error);
    for (i = 0; i < 3; i++)
        printf("%.3f  %s\n", scores[i], argv[i + 3]);
    glyxel_model_free(model);
    return 0;
}
