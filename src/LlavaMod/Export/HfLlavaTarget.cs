using System.Text.Json.Nodes;
using LlavaMod.Data.Images;
using LlavaMod.Models.Vision;
using LlavaMod.Tokenization;

namespace LlavaMod.Export;

/// <summary>
/// transformers' LlavaForConditionalGeneration. It looks for pictures by the id of <c>&lt;image&gt;</c>, which must be a row of the embedding: one
/// that the tokenizer leaves over, as Qwen's padded vocabularies have, or else a new one.
/// </summary>
[ExportTarget("hf-llava", Summary = "transformers' LlavaForConditionalGeneration: a dense model with the connector mlp2x_gelu")]
public sealed class HfLlavaTarget : ExportTarget
{
    private const int RowsAtOnce = 64; // as transformers pads: matrices of such sizes are fast
    private const string Processor = "LlavaProcessor", ProcessorFile = "processor_config.json", TemplateFile = "chat_template.json";

    /// <inheritdoc/>
    public override string Use => """
        ```python
        from PIL import Image
        from transformers import AutoProcessor, LlavaForConditionalGeneration

        model = LlavaForConditionalGeneration.from_pretrained("FOLDER")
        processor = AutoProcessor.from_pretrained("FOLDER")
        messages = [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "Describe the image."}]}]
        prompt = processor.apply_chat_template(messages, add_generation_prompt=True)
        inputs = processor(images=Image.open("picture.jpg"), text=prompt, return_tensors="pt")
        print(processor.decode(model.generate(**inputs, max_new_tokens=200)[0], skip_special_tokens=True))
        ```
        """;

    /// <inheritdoc/>
    public override void Complete(ExportDraft draft)
    {
        int image = PlaceImageToken(draft);
        draft.Keys["image_token_index"] = image;
        draft.Keys["ignore_index"] = -100;
        draft.Keys["vocab_size"] = draft.Config.Language.VocabSize;
        if (draft.Encoding.Tokenizer is not { } tokenizer) return;
        // transformers tells left padding from right by this id.
        draft.Keys["pad_token_id"] = tokenizer.Pad;
        draft.Keys["eos_token_id"] = draft.Encoding.EndOfAnswer;
        CompleteFiles(draft, tokenizer);
    }

    private static int PlaceImageToken(ExportDraft draft)
    {
        const string Image = ChatTemplate.ImagePlaceholder;
        long rows = draft.Config.Language.VocabSize;
        var tokenizer = draft.Encoding.Tokenizer;
        if (tokenizer?.IdOf(Image) is { } known) return known;
        int id = tokenizer?.VocabSize ?? checked((int)rows);
        if (id < rows)
        {
            draft.Notes.Add($"`{Image}` is token {id}, a row of the embedding that the tokenizer leaves over.");
        }
        else
        {
            long wanted = (id + RowsAtOnce) / RowsAtOnce * RowsAtOnce;
            draft.AddRows(wanted);
            draft.Notes.Add($"`{Image}` is token {id}: the tokenizer left no row of the embedding over, so {wanted - rows} rows were added to its {rows}, each the mean of the others.");
        }
        if (tokenizer is null) draft.Notes.Add("There is no tokenizer beside the model, and so none is written.");
        else draft.Encoding.AddToken(Image, id);
        return id;
    }

    private static void CompleteFiles(ExportDraft draft, Tokenizer tokenizer)
    {
        var config = draft.Encoding.TokenizerConfig;
        config["tokenizer_class"] ??= draft.Config.Language.ModelType == "qwen2" ? "Qwen2Tokenizer" : "LlamaTokenizer";
        config["processor_class"] = Processor;
        if (TemplateOf(draft.Encoding, config, tokenizer) is { } jinja)
        {
            config["chat_template"] = jinja;
            draft.Encoding.Json(TemplateFile)["chat_template"] = jinja;
        }
        else
        {
            draft.Notes.Add("The chat template has no form that transformers reads; write prompts as the model card of the original says.");
        }
        CompletePictures(draft, draft.Config.Vision!);
    }

    // What the tokenizer came with goes before a template that is only assumed.
    private static string? TemplateOf(EncodingDraft encoding, JsonObject config, Tokenizer tokenizer)
    {
        string? own = config["chat_template"] is JsonValue value && value.TryGetValue(out string? text) ? text : null;
        string? ours = encoding.Template?.ToJinja(tokenizer);
        return encoding.Assumption is null ? ours ?? own : own ?? ours;
    }

    private static void CompletePictures(ExportDraft draft, VisionConfig vision)
    {
        var processor = draft.Encoding.Json(ProcessorFile);
        processor["processor_class"] = Processor;
        processor["image_token"] = ChatTemplate.ImagePlaceholder;
        processor["patch_size"] = vision.PatchSize;
        processor["num_additional_image_tokens"] = vision.HasClassToken ? 1 : 0;
        processor["vision_feature_select_strategy"] = vision.HasClassToken || vision.DropFirstPatch ? "default" : "full";
        if (draft.Encoding.Images is not { } images)
        {
            draft.Notes.Add($"There is no {ImagePreprocessor.FileName} beside the model, and so none is written: take that of the vision tower.");
            return;
        }
        var pictures = draft.Encoding.Json(ImagePreprocessor.FileName);
        pictures.Clear();
        foreach (var (key, value) in JsonNode.Parse(images.ToJson())!.AsObject()) pictures[key] = value?.DeepClone();
        pictures["do_convert_rgb"] = true;
        pictures["processor_class"] = Processor;
        if (draft.Encoding is { PadToSquare: true, Assumption: null })
            draft.Notes.Add("The model learnt from pictures that were padded to squares with the mean colour; transformers' processor crops them, so pad them first.");
    }
}
