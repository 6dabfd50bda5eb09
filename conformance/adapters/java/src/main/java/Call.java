import com.aliyun.teaopenapi.Client;
import com.aliyun.teaopenapi.models.Config;
import com.aliyun.teaopenapi.models.OpenApiRequest;
import com.aliyun.teaopenapi.models.Params;
import com.aliyun.teautil.models.RuntimeOptions;
import java.util.LinkedHashMap;
import java.util.Map;

/** One call with callApi of the vendor's core, on which the methods of its SDKs are built. */
final class Call {
    private Call() {}

    /** Returns the response in the format of the protocol, or throws what the core throws. */
    static Map<String, Object> run(Request request) throws Exception {
        RuntimeOptions runtime = new RuntimeOptions().setReadTimeout(request.timeoutMs).setConnectTimeout(request.timeoutMs);
        if (request.maxAttempts > 1) {
            runtime.setAutoretry(true).setMaxAttempts(request.maxAttempts - 1); // the core counts repetitions
        }
        Map<String, ?> got = new Client(config(request)).callApi(params(request), operation(request), runtime);
        Map<String, Object> response = new LinkedHashMap<>();
        response.put("status", got.get("statusCode"));
        response.put("headers", got.get("headers"));
        response.put("body", got.get("body") instanceof Map<?, ?> body ? body : Map.of());
        return response;
    }

    private static Config config(Request request) {
        Config config = new Config().setProtocol(request.scheme()).setEndpoint(request.host());
        config.accessKeyId = request.accessKeyId;
        config.accessKeySecret = request.accessKeySecret;
        config.securityToken = request.securityToken;
        config.bearerToken = request.bearerToken;
        if (request.signature.equals("hmac-sha1")) {
            config.setSignatureAlgorithm("v2");
        }
        return config;
    }

    private static Params params(Request request) {
        return new Params().setAction(request.operation).setVersion("2024-09-10").setProtocol("HTTPS").setPathname("/")
            .setMethod(request.method).setAuthType("AK").setStyle("RPC").setReqBodyType("formData").setBodyType("json");
    }

    private static OpenApiRequest operation(Request request) {
        OpenApiRequest operation = new OpenApiRequest();
        if (request.placement.equals("form")) {
            return operation.setBody(request.parameters);
        }
        return operation.setQuery(request.parameters);
    }
}
