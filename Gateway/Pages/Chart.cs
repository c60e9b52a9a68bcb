using System.Globalization;
using System.Text;

namespace Gateway.Pages;

/// <summary>One chart of a page, as inline SVG: a plot with a scale on its left and labels below, which never overlap.</summary>
internal sealed class Chart
{
    /// <summary>Size of the plot itself.</summary>
    public const double Width = 400;

    public const double Height = 150;

    /// <summary>Room for the scale.</summary>
    private const double Left = 46;
    private const double Right = 8;
    private const double Top = 12;
    private const double Foot = 20;

    /// <summary>What a character of a label takes at the most, and the space between two labels.</summary>
    private const double CharacterWidth = 6.2;
    private const double Gap = 6;

    private readonly StringBuilder page;
    private double labelledUntil;

    /// <param name="title">What it shows, for those who cannot see it.</param>
    public Chart(StringBuilder page, string title)
    {
        this.page = page;
        page.Append(CultureInfo.InvariantCulture, $"<figure><svg viewBox=\"{-Left} {-Top} {Left + Width + Right} {Top + Height + Foot}\" role=\"img\" aria-label=\"")
            .Append(DriftPage.Encode(title)).Append("\">");
    }

    /// <summary>A line across the plot at this height, 0 at the bottom and 1 at the top, and what it stands for.</summary>
    public void Grid(double height, string label)
    {
        page.Append(CultureInfo.InvariantCulture, $"<line class=\"grid\" x1=\"0\" x2=\"{Width}\" y1=\"{Y(height):f1}\" y2=\"{Y(height):f1}\"/>");
        Text(-5, Y(height) + 3.5, "end", label);
    }

    /// <summary>A label below the plot, left out where it would touch the one before it. Labels come from left to right.</summary>
    /// <param name="x">Where its middle is to be; it is moved into the plot.</param>
    public void Label(double x, string text)
    {
        var half = text.Length * CharacterWidth / 2;
        x = Math.Clamp(x, half, Math.Max(half, Width + Right - half));
        if (text.Length == 0 || x - half < labelledUntil) return;
        labelledUntil = x + half + Gap;
        Text(x, Height + 14, "middle", text);
    }

    public void Bar(string kind, double x, double width, double height, string tip)
    {
        page.Append(CultureInfo.InvariantCulture, $"<rect class=\"{kind}\" x=\"{x:f1}\" y=\"{Y(height):f1}\" width=\"{width:f1}\" height=\"{height * Height:f1}\">");
        Tip(tip).Append("</rect>");
    }

    /// <summary>A line through points, from left to right.</summary>
    public void Line(string kind, IEnumerable<(double X, double Height)> points)
    {
        page.Append("<polyline class=\"").Append(kind).Append("\" points=\"");
        foreach (var (x, height) in points) page.Append(CultureInfo.InvariantCulture, $"{x:f1},{Y(height):f1} ");
        page.Append("\"/>");
    }

    public void Dot(string kind, double x, double height, string tip)
    {
        page.Append(CultureInfo.InvariantCulture, $"<circle class=\"{kind}\" cx=\"{x:f1}\" cy=\"{Y(height):f1}\" r=\"2.6\">");
        Tip(tip).Append("</circle>");
    }

    /// <summary>A moment, marked from top to bottom.</summary>
    public void Mark(string kind, double x, string tip)
    {
        page.Append(CultureInfo.InvariantCulture, $"<path class=\"{kind}\" d=\"M{x:f1} {Height}V0l-4 -8h8l-4 8\">");
        Tip(tip).Append("</path>");
    }

    /// <param name="legend">Pairs of a class and what it stands for.</param>
    /// <param name="rest">What else is to be said.</param>
    public void Close(ReadOnlySpan<(string Kind, string Meaning)> legend, string rest = "")
    {
        page.Append("</svg><figcaption>");
        foreach (var (kind, meaning) in legend)
            page.Append("<span class=\"key\"><i class=\"").Append(kind).Append("\"></i>").Append(DriftPage.Encode(meaning)).Append("</span> ");
        page.Append("<span class=\"key\">").Append(DriftPage.Encode(rest)).Append("</span></figcaption></figure>");
    }

    private static double Y(double height) => Height * (1 - height);

    private StringBuilder Tip(string text) => page.Append("<title>").Append(DriftPage.Encode(text)).Append("</title>");

    private void Text(double x, double y, string anchor, string text) =>
        page.Append(CultureInfo.InvariantCulture, $"<text x=\"{x:f1}\" y=\"{y:f1}\" text-anchor=\"{anchor}\">").Append(DriftPage.Encode(text)).Append("</text>");
}
