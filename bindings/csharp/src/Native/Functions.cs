using System;
using System.Runtime.InteropServices;

namespace Glyxel
{
    /// The functions of include/glyxel.h, in its order and under its names; a test compares every parameter with the header.
    /// Nothing here needs marshalling: numbers, pointers and structs of these. Handles are keys, hence IntPtr.
    internal static unsafe class Functions
    {
#if (UNITY_IOS || UNITY_TVOS) && !UNITY_EDITOR
        private const string Library = "__Internal"; // linked into the program
#else
        private const string Library = "glyxel"; // libglyxel.so
#endif
        private const CallingConvention C = CallingConvention.Cdecl;

        // Errors, the library

        [DllImport(Library, CallingConvention = C)]
        internal static extern int glyxel_error_code(IntPtr e);

        [DllImport(Library, CallingConvention = C)]
        internal static extern byte* glyxel_error_message(IntPtr e);

        [DllImport(Library, CallingConvention = C)]
        internal static extern void glyxel_error_free(IntPtr e);

        [DllImport(Library, CallingConvention = C)]
        internal static extern uint glyxel_abi_version();

        [DllImport(Library, CallingConvention = C)]
        internal static extern byte* glyxel_version();

        [DllImport(Library, CallingConvention = C)]
        internal static extern byte* glyxel_build_info();

        [DllImport(Library, CallingConvention = C)]
        internal static extern int glyxel_configure(glyxel_str name, glyxel_str value, IntPtr* err);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int glyxel_shutdown(ulong timeout_ms, IntPtr* err);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int glyxel_log_set(IntPtr callback, IntPtr user, IntPtr* err);

        // Options, controls

        [DllImport(Library, CallingConvention = C)]
        internal static extern int glyxel_options_new(IntPtr* @out, IntPtr* err);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int glyxel_options_set(IntPtr o, glyxel_str name, glyxel_str value, IntPtr* err);

        [DllImport(Library, CallingConvention = C)]
        internal static extern void glyxel_options_free(IntPtr o);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int glyxel_control_new(IntPtr* @out, IntPtr* err);

        [DllImport(Library, CallingConvention = C)]
        internal static extern void glyxel_control_cancel(IntPtr c);

        [DllImport(Library, CallingConvention = C)]
        internal static extern void glyxel_control_set_timeout(IntPtr c, ulong milliseconds);

        [DllImport(Library, CallingConvention = C)]
        internal static extern void glyxel_control_progress(IntPtr c, int* stage, ulong* done, ulong* total);

        [DllImport(Library, CallingConvention = C)]
        internal static extern void glyxel_control_free(IntPtr c);

        // Models

        [DllImport(Library, CallingConvention = C)]
        internal static extern int glyxel_model_load(glyxel_str source, IntPtr o, IntPtr c, IntPtr* @out, IntPtr* err);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int glyxel_model_load_memory(byte* bytes, UIntPtr len, IntPtr o, IntPtr c, IntPtr* @out, IntPtr* err);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int glyxel_model_save(IntPtr m, glyxel_str path, IntPtr* err);

        [DllImport(Library, CallingConvention = C)]
        internal static extern byte* glyxel_model_info(IntPtr m);

        [DllImport(Library, CallingConvention = C)]
        internal static extern UIntPtr glyxel_model_dim(IntPtr m);

        [DllImport(Library, CallingConvention = C)]
        internal static extern void glyxel_model_free(IntPtr m);

        // Tasks

        [DllImport(Library, CallingConvention = C)]
        internal static extern int glyxel_embed_texts(IntPtr m, glyxel_str* texts, UIntPtr n, glyxel_embed_options* o, IntPtr c,
            float* @out, UIntPtr out_len, IntPtr* err);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int glyxel_embed_images(IntPtr m, glyxel_image* images, UIntPtr n, glyxel_embed_options* o, IntPtr c,
            float* @out, UIntPtr out_len, IntPtr* err);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int glyxel_count_tokens(IntPtr m, glyxel_str* texts, UIntPtr n, UIntPtr* @out, UIntPtr out_len,
            IntPtr* err);

        [DllImport(Library, CallingConvention = C)]
        internal static extern UIntPtr glyxel_predictions_count(IntPtr p, UIntPtr item);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int glyxel_predictions_get(IntPtr p, UIntPtr item, UIntPtr rank, glyxel_str* label, long* index,
            float* score);

        [DllImport(Library, CallingConvention = C)]
        internal static extern void glyxel_predictions_free(IntPtr p);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int glyxel_classify_texts(IntPtr m, glyxel_str* texts, UIntPtr n, glyxel_task_options* o, IntPtr c,
            IntPtr* @out, IntPtr* err);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int glyxel_classify_images(IntPtr m, glyxel_image* images, UIntPtr n, glyxel_task_options* o, IntPtr c,
            IntPtr* @out, IntPtr* err);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int glyxel_score_pairs(IntPtr m, glyxel_str* a, glyxel_str* b, UIntPtr n, glyxel_task_options* o,
            IntPtr c, float* @out, UIntPtr out_len, IntPtr* err);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int glyxel_zero_shot_images(IntPtr m, glyxel_image* images, UIntPtr n, glyxel_str* labels,
            UIntPtr n_labels, glyxel_task_options* o, IntPtr c, float* @out, UIntPtr out_len, IntPtr* err);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int glyxel_zero_shot_texts(IntPtr m, glyxel_str* texts, UIntPtr n, glyxel_str* labels,
            UIntPtr n_labels, glyxel_task_options* o, IntPtr c, float* @out, UIntPtr out_len, IntPtr* err);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int glyxel_embed_tokens(IntPtr m, glyxel_str* texts, UIntPtr n, glyxel_token_options* o, IntPtr c,
            IntPtr* @out, IntPtr* err);

        [DllImport(Library, CallingConvention = C)]
        internal static extern UIntPtr glyxel_tokens_dim(IntPtr t);

        [DllImport(Library, CallingConvention = C)]
        internal static extern UIntPtr glyxel_tokens_count(IntPtr t, UIntPtr item);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int glyxel_tokens_vectors(IntPtr t, float** vectors, UIntPtr** counts);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int glyxel_tokens_get(IntPtr t, UIntPtr item, UIntPtr token, uint* id, glyxel_str* piece, UIntPtr* begin,
            UIntPtr* end);

        [DllImport(Library, CallingConvention = C)]
        internal static extern void glyxel_tokens_free(IntPtr t);

        // Similarity

        [DllImport(Library, CallingConvention = C)]
        internal static extern int glyxel_top_k(float* queries, UIntPtr nq, float* corpus, UIntPtr nc, UIntPtr dim, int metric,
            UIntPtr k, IntPtr c, ulong* out_index, float* out_score, IntPtr* err);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int glyxel_max_sim(float* queries, UIntPtr* query_counts, UIntPtr nq, float* documents,
            UIntPtr* document_counts, UIntPtr nd, UIntPtr dim, int metric, UIntPtr k, IntPtr c, ulong* out_index, float* out_score,
            IntPtr* err);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int glyxel_recommend(float* items, UIntPtr n, UIntPtr dim, ulong* liked, UIntPtr n_liked, ulong* seen,
            UIntPtr n_seen, int metric, UIntPtr k, IntPtr c, ulong* out_index, float* out_score, IntPtr* err);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int glyxel_duplicates(float* vectors, UIntPtr n, UIntPtr dim, float threshold, UIntPtr max_pairs,
            IntPtr c, IntPtr* @out, IntPtr* err);

        [DllImport(Library, CallingConvention = C)]
        internal static extern UIntPtr glyxel_pairs_count(IntPtr p);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int glyxel_pairs_get(IntPtr p, UIntPtr rank, ulong* first, ulong* second, float* score);

        [DllImport(Library, CallingConvention = C)]
        internal static extern void glyxel_pairs_free(IntPtr p);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int glyxel_centroids_new(UIntPtr n_labels, UIntPtr dim, IntPtr* @out, IntPtr* err);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int glyxel_centroids_add(IntPtr s, float* vectors, int* labels, UIntPtr n, IntPtr* err);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int glyxel_centroids_classify(IntPtr s, float* vectors, UIntPtr n, float threshold, IntPtr c,
            int* out_label, float* out_score, IntPtr* err);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int glyxel_centroids_get(IntPtr s, UIntPtr label, float* @out, UIntPtr out_len, ulong* count,
            IntPtr* err);

        [DllImport(Library, CallingConvention = C)]
        internal static extern void glyxel_centroids_free(IntPtr s);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int glyxel_quantize_ranges(float* vectors, UIntPtr n, UIntPtr dim, IntPtr c, float* @out,
            UIntPtr out_len, IntPtr* err);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int glyxel_quantize(float* vectors, UIntPtr n, UIntPtr dim, int codes, float* ranges, IntPtr c,
            byte* @out, UIntPtr out_len, IntPtr* err);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int glyxel_top_k_quantized(byte* queries, UIntPtr nq, byte* corpus, UIntPtr nc, UIntPtr dim, int codes,
            UIntPtr k, float* float_queries, uint rescore, IntPtr c, ulong* out_index, float* out_score, IntPtr* err);
    }
}
