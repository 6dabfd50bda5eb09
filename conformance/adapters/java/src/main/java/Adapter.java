import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The conformance adapter for the unmodified Java core of the vendor,
 * com.aliyun:tea-openapi. It implements the protocol of ../README.md on standard input
 * and output.
 */
public final class Adapter {
    private static final Gson JSON = new GsonBuilder().disableHtmlEscaping().create();

    private Adapter() {}

    public static void main(String[] args) throws IOException {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        System.setOut(System.err); // keeps the output of libraries out of the results
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (!line.isBlank()) {
                out.println(handle(line));
            }
        }
        System.exit(0); // all results are written; idle connections would delay the end
    }

    /** Returns the result line for a request line, even if the line or the call is invalid. */
    static String handle(String line) {
        Request request;
        try {
            request = Request.parse(line);
        } catch (Request.Invalid invalid) {
            return JSON.toJson(failed(invalid.id, Explain.other("invalid request: " + invalid.getMessage())));
        }
        Map<String, Object> result = new LinkedHashMap<>();
        try {
            result.put("id", request.id);
            result.put("ok", true);
            result.put("response", Call.run(request));
        } catch (Exception error) { // the SDK's exceptions have no common type
            result = failed(request.id, Explain.explain(error));
        }
        try {
            return JSON.toJson(result);
        } catch (IllegalArgumentException error) { // NaN, for example
            return JSON.toJson(failed(request.id, Explain.other("the result has no JSON form: " + error.getMessage())));
        }
    }

    private static Map<String, Object> failed(String id, Map<String, Object> error) {
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("id", id);
        result.put("ok", false);
        result.put("error", error);
        return result;
    }
}
