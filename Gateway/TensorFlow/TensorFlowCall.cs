namespace Gateway.TensorFlow;

/// <summary>What is asked of a model in TensorFlow Serving's REST form: the word behind the colon.</summary>
internal enum TensorFlowCall : byte
{
    /// <summary><c>instances</c> or <c>inputs</c> in, tensors out.</summary>
    Predict,

    /// <summary><c>examples</c> in, a label and a score for each class out.</summary>
    Classify,

    /// <summary><c>examples</c> in, a number for each out.</summary>
    Regress,
}
